/** A line without axes, beside a figure that says what it is. */

interface SparklineProps {
  values: readonly (number | null)[];
  width?: number;
  height?: number;
  colour?: string;
  /** What it shows, for those who do not see it. */
  label: string;
}

const EDGE = 2;

export function Sparkline({
  values,
  width = 96,
  height = 24,
  colour = "var(--accent)",
  label,
}: SparklineProps) {
  const known = values.filter((value): value is number => value !== null);
  if (known.length < 2) return <span style={{ display: "inline-block", width, height }} />;
  const most = Math.max(...known, 0);
  const least = Math.min(...known, 0);
  const reach = most - least || 1;
  const x = (place: number) => EDGE + (place / (values.length - 1)) * (width - 2 * EDGE);
  const y = (value: number) => height - EDGE - ((value - least) / reach) * (height - 2 * EDGE);
  const points = values.flatMap((value, place) => (value === null ? [] : [`${x(place)},${y(value)}`]));
  return (
    <svg width={width} height={height} role="img" aria-label={label} style={{ verticalAlign: "middle" }}>
      <polyline
        points={points.join(" ")}
        fill="none"
        stroke={colour}
        strokeWidth={1.6}
        strokeLinejoin="round"
      />
    </svg>
  );
}
