/** A question before something that cannot be undone, with a reason where one is wanted. */

import { Button, Group, Modal, Textarea } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { ProblemView } from "./states";

interface ConfirmProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, to what and whom. */
  children: ReactNode;
  /** The verb: "Revoke the key". */
  action: string;
  danger?: boolean;
  /** Asks for a reason of at least three characters. */
  reason?: boolean;
  /** Rejects with the problem to show; what was typed stays. */
  onConfirm: (reason: string) => Promise<unknown>;
}

export function Confirm(props: ConfirmProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title}>
      {/* Mounted with the dialog, so that each opening begins anew. */}
      {props.opened && <Question {...props} />}
    </Modal>
  );
}

function Question({ onClose, children, action, danger = false, reason = false, onConfirm }: ConfirmProps) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm(text.trim());
      onClose();
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void confirm();
      }}
    >
      <div>{children}</div>
      {reason && (
        <Textarea
          label="Reason"
          description="Goes into the audit log."
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          maxLength={500}
          autosize
          minRows={2}
          data-autofocus
        />
      )}
      {error !== null && <ProblemView error={error} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          type="submit"
          loading={busy}
          disabled={reason && text.trim().length < 3}
          {...(danger ? { color: "red.8" } : {})}
        >
          {action}
        </Button>
      </Group>
    </form>
  );
}
