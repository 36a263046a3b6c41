/** The ways in: a provider's button, or a sign-in link that is pasted. */

import { Button, Divider, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { api, client } from "~/api/client";
import { asProblem } from "~/api/problem";
import { announceSession } from "./mark";

export function useSignInOptions() {
  return api.useQuery("get", "/api/v1/auth/options");
}

/** The token of a pasted link or of the bare token itself. */
export function tokenOf(pasted: string): string {
  const text = pasted.trim();
  const mark = text.indexOf("#");
  return mark >= 0 ? text.slice(mark + 1) : text;
}

/** Ends with a session cookie; ProblemError if the link was used, has ended or never was. */
export async function signInByLink(token: string): Promise<void> {
  await client.POST("/api/v1/auth/link", { body: { token } });
  announceSession();
}

interface SignInFormProps {
  /** Where a provider leads back to: a path of this console. */
  next: string;
  /** Opens a provider in a new tab, so that this one keeps what was typed. */
  apart?: boolean;
  onDone: () => void;
}

export function SignInForm({ next, apart = false, onDone }: SignInFormProps) {
  const { data: options } = useSignInOptions();
  const oidc = options?.oidc ?? [];
  return (
    <Stack gap="md">
      {oidc.map(({ name, label, start_url }) => (
        <Button
          key={name}
          size="md"
          component="a"
          href={`${start_url}${start_url.includes("?") ? "&" : "?"}next=${encodeURIComponent(next)}`}
          {...(apart ? { target: "_blank", rel: "opener" } : {})}
        >
          Sign in with {label}
        </Button>
      ))}
      {oidc.length > 0 && <Divider label="or by a sign-in link" />}
      <PastedLink onDone={onDone} />
    </Stack>
  );
}

function PastedLink({ onDone }: { onDone: () => void }) {
  const [pasted, setPasted] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const submit = async () => {
    setBusy(true);
    setError("");
    try {
      await signInByLink(tokenOf(pasted));
      onDone();
    } catch (thrown) {
      setError(asProblem(thrown).message);
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Sign-in link"
          description="The whole link, or what follows its #. Each works once."
          value={pasted}
          onChange={(event) => setPasted(event.currentTarget.value)}
          error={error}
          autoComplete="off"
          spellCheck={false}
        />
        <Button type="submit" size="sm" variant="default" loading={busy} disabled={!tokenOf(pasted)}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
