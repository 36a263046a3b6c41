"""Fits the demo's distributions to the real traces and says how good the fit is.

    python docs/demo_fit.py [TRACES_FOLDER]

It prints the constants that `src/bursar/demo/fitted.py` holds and the tables of docs/demo.md. Only numbers
that come out of here are in the product; the traces themselves are not.
"""

import csv
import gzip
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


def fit_mixture(points: Array, count: int, seed: int) -> tuple[float, Array, Array, Array]:
    """A mixture of `count` Gaussians by expectation maximisation.

    Returns log-likelihood, weights, means and covariances. `points` has one row a call. Starts from
    random points; a floor on the covariances keeps a component from shrinking onto repeated values.
    """
    generator = np.random.default_rng(seed)
    size, width = points.shape
    floor = np.eye(width) * 0.003
    means = points[generator.choice(size, count, replace=False)]
    covariances = np.array([np.cov(points.T) + floor] * count)
    weights = np.full(count, 1 / count)
    likelihood = -np.inf
    for _ in range(400):
        logs = np.array(
            [np.log(weights[k]) + log_density(points, means[k], covariances[k]) for k in range(count)]
        )
        top = logs.max(axis=0)
        total = top + np.log(np.exp(logs - top).sum(axis=0))
        shares = np.exp(logs - total)
        previous, likelihood = likelihood, float(total.sum())
        sums = shares.sum(axis=1) + 1e-9
        weights = sums / size
        means = shares @ points / sums[:, None]
        for k in range(count):
            centred = points - means[k]
            covariances[k] = (shares[k][:, None] * centred).T @ centred / sums[k] + floor
        if likelihood - previous < 1e-6 * abs(likelihood):
            break
    return likelihood, weights, means, covariances


def log_density(points: Array, mean: Array, covariance: Array) -> Array:
    centred = points - mean
    solved = np.linalg.solve(covariance, centred.T).T
    _, log_determinant = np.linalg.slogdet(covariance)
    result: Array = -0.5 * (
        (centred * solved).sum(axis=1) + log_determinant + points.shape[1] * np.log(2 * np.pi)
    )
    return result


def best_mixture(points: Array, most: int) -> tuple[Array, Array, Array]:
    """The mixture with the lowest BIC among 2 to `most` components, eight starts each."""
    found = []
    width = points.shape[1]
    for count in range(2, most + 1):
        likelihood, *parts = max(
            (fit_mixture(points, count, seed) for seed in range(8)), key=lambda fit: fit[0]
        )
        free = count * (1 + width + width * (width + 1) / 2) - 1
        found.append((free * np.log(len(points)) - 2 * likelihood, parts))
    weights, means, covariances = min(found, key=lambda fit: fit[0])[1]
    return weights, means, covariances


def print_mixture(name: str, tokens: Array, parts: tuple[Array, Array, Array]) -> None:
    """The constant, as `fitted.py` writes it: weight, means of ln tokens, and the Cholesky factor."""
    print(f"{name} = TokenMixture(")
    print("    parts=(")
    for weight, mean, covariance in sorted(zip(*parts, strict=True), key=lambda part: -part[0]):
        lower = np.linalg.cholesky(covariance)
        print(
            f"        Part({weight:.4f}, {mean[0]:.4f}, {mean[1]:.4f}, "
            f"{lower[0, 0]:.4f}, {lower[1, 0]:.4f}, {lower[1, 1]:.4f}),"
        )
    print("    ),")
    least, most = tokens.min(axis=0), tokens.max(axis=0)
    print(f"    input_least={least[0]:.0f},\n    input_most={most[0]:.0f},")
    print(f"    output_least={least[1]:.0f},\n    output_most={most[1]:.0f},\n)")


def read_azure(folder: Path) -> tuple[Array, Array]:
    """Tokens (input, output) and arrival times in seconds of the Azure trace."""
    with (folder / "azure_llm_2023_code.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    tokens = np.array([[int(row["ContextTokens"]), int(row["GeneratedTokens"])] for row in rows], float)
    times = np.array([datetime.fromisoformat(row["TIMESTAMP"]).timestamp() for row in rows])
    return tokens, times - times[0]


def read_mooncake(folder: Path) -> tuple[Array, Array, Array]:
    """Tokens, arrival times in seconds, and the share of each input that earlier prefixes hold."""
    lines = (folder / "mooncake_synthetic.jsonl").read_text().splitlines()
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    tokens = np.array([[row["input_length"], row["output_length"]] for row in rows], float)
    times = np.array([row["timestamp"] / 1000 for row in rows])
    seen: set[int] = set()
    cached = []
    for row in rows:
        blocks = row["hash_ids"]
        known = next((number for number, block in enumerate(blocks) if block not in seen), len(blocks))
        cached.append(min(1.0, known * 512 / row["input_length"]))
        seen.update(blocks)
    return tokens, times, np.array(cached)


def read_servegen(folder: Path) -> dict[str, dict[str, Array]]:
    """Each client's windows: start in seconds, calls/s, coefficient of variation, mean tokens in and out."""
    with gzip.open(folder / "servegen_deepseek_r1_clients_10min.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    names = ("t_s", "req_per_s", "cv", "mean_input_tokens", "mean_output_tokens")
    clients: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        client = clients.setdefault(row["client"], {name: [] for name in names})
        for name in names:
            client[name].append(float(row[name] or "nan"))
    return {
        key: {name: np.array(column) for name, column in client.items()} for key, client in clients.items()
    }


def cached_shares(tokens: Array, cached: Array) -> None:
    """When a prefix is in the cache (a logistic curve over ln input) and how much of the input it then is.

    The curve is fitted by Newton's method, the share by the moments of a Beta distribution.
    """
    design = np.stack([np.ones(len(tokens)), np.log(tokens[:, 0])], axis=1)
    hit = (cached > 0).astype(float)
    line = np.zeros(2)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ line))
        hessian = (design * (chance * (1 - chance))[:, None]).T @ design
        line = line + np.linalg.solve(hessian, design.T @ (hit - chance))
    shares = cached[cached > 0]
    mean, variance = shares.mean(), shares.var()
    scale = mean * (1 - mean) / variance - 1
    chance = 1 / (1 + np.exp(-design @ line))
    real, drawn = (cached * tokens[:, 0]).sum(), (chance * mean * tokens[:, 0]).sum()
    print(f"CACHE_HIT_AT_ONE_TOKEN = {line[0]:.4f}\nCACHE_HIT_PER_LN_TOKEN = {line[1]:.4f}")
    print(f"CACHE_PREFIX_ALPHA = {mean * scale:.4f}\nCACHE_PREFIX_BETA = {(1 - mean) * scale:.4f}")
    print(
        f"# cached share of all input tokens: trace {real / tokens[:, 0].sum():.3f}, "
        f"demo {drawn / tokens[:, 0].sum():.3f}"
    )


def minute_bursts(times: Array) -> None:
    """Calls a minute: how often none, and a Gamma by moments of the factor in the other minutes."""
    counts = np.bincount((times // 60).astype(int)).astype(float)
    busy = counts[counts > 0]
    mean = busy.mean()
    shape = mean**2 / (busy.var() - mean)
    print(f"MINUTE_SILENT_SHARE = {1 - len(busy) / len(counts):.4f}\nMINUTE_BURST_SHAPE = {shape:.4f}")


def client_spread(clients: dict[str, dict[str, Array]]) -> None:
    """Log-normals over the clients: calls a day, mean tokens in and out."""
    calls = np.log([client["req_per_s"].sum() * 600 for client in clients.values()])
    print(f"CLIENT_CALLS_SIGMA = {calls.std():.4f}")
    for name, column in (("INPUT", "mean_input_tokens"), ("OUTPUT", "mean_output_tokens")):
        logs = np.log([client[column].mean() for client in clients.values()])
        print(f"CLIENT_{name}_MU = {logs.mean():.4f}\nCLIENT_{name}_SIGMA = {logs.std():.4f}")


def day_rhythm(clients: dict[str, dict[str, Array]]) -> None:
    """Two harmonics of the hour of day in ln(rate), over the clients that were there nearly all day."""
    curves = []
    for client in clients.values():
        rate = np.zeros(144)
        rate[(client["t_s"] // 600).astype(int)] = client["req_per_s"]
        hours = rate.reshape(24, 6).mean(axis=1)
        if (rate > 0).mean() > 0.9:
            # A fiftieth of the mean keeps a silent hour from being infinitely deep.
            curves.append(np.log(hours / hours.mean() + 0.02))
    print(f"# {len(curves)} clients were there in more than 90 % of the windows")
    hours = np.arange(24)
    design = np.array(
        [np.ones(24), *(f(2 * np.pi * k * hours / 24) for k in (1, 2) for f in (np.cos, np.sin))]
    ).T
    # Each client has its own clock, so amplitudes are fitted client by client and only then averaged.
    fits = np.array([np.linalg.lstsq(design, curve, rcond=None)[0] for curve in curves])
    amplitudes = np.hypot(fits[:, 1::2], fits[:, 2::2])
    phases = np.arctan2(fits[:, 2::2], fits[:, 1::2])
    # How long after the first harmonic's peak the second one has its own, averaged on the circle.
    lag = np.angle(np.exp(1j * (phases[:, 1] - 2 * phases[:, 0])).mean()) / (2 * np.pi) * 12
    residuals = np.concatenate([curve - design @ fit for curve, fit in zip(curves, fits, strict=True)])
    print(f"DAY_AMPLITUDES = ({np.median(amplitudes[:, 0]):.4f}, {np.median(amplitudes[:, 1]):.4f})")
    print(f"DAY_SECOND_LAG_H = {lag % 12:.4f}")
    print(f"HOUR_NOISE_SIGMA = {residuals.std():.4f}")


def compare(name: str, real: Array, sampled: Array) -> None:
    print(f"| {name} | " + " | ".join(f"{q:.0%}" for q in QUANTILES) + " | mean |")
    for label, values in (("trace", real), ("demo", sampled)):
        cells = [f"{value:.0f}" for value in np.quantile(values, QUANTILES)]
        print(f"| {label} | " + " | ".join(cells) + f" | {values.mean():.0f} |")


def sample(parts: tuple[Array, Array, Array], tokens: Array, size: int) -> Array:
    """Draws of a mixture, as the demo draws them: within the bounds of the trace, in whole tokens."""
    generator = np.random.default_rng(1)
    chosen = generator.choice(len(parts[0]), size, p=parts[0] / parts[0].sum())
    drawn = np.array([generator.multivariate_normal(parts[1][k], parts[2][k]) for k in chosen])
    result: Array = np.clip(np.rint(np.exp(drawn)), tokens.min(axis=0), tokens.max(axis=0))
    return result


def main(folder: Path) -> None:
    azure, azure_times = read_azure(folder)
    mooncake, _, cached = read_mooncake(folder)
    clients = read_servegen(folder)
    for name, tokens in (("CODING", azure), ("DOCUMENTS", mooncake)):
        parts = best_mixture(np.log(tokens), 7)
        print_mixture(name, tokens, parts)
        drawn = sample(parts, tokens, 40_000)
        for column, what in enumerate(("input", "output")):
            compare(f"{name} {what}", tokens[:, column], drawn[:, column])
    spread = np.log(azure).std(axis=0)
    print(f"CALL_INPUT_SIGMA = {spread[0]:.4f}\nCALL_OUTPUT_SIGMA = {spread[1]:.4f}")
    minute_bursts(azure_times)
    cached_shares(mooncake, cached)
    client_spread(clients)
    day_rhythm(clients)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/traces"))
