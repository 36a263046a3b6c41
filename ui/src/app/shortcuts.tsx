/** Keys: "g" and a letter goes to a page, "?" shows them all. */

import { Kbd, Modal, Table } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { onOpenShortcuts, openPalette } from "./events";
import { PLACES } from "./navigation";

const AFTER_G_MS = 1500;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

export function Shortcuts() {
  const [opened, setOpened] = useState(false);
  const navigate = useNavigate();
  // Event times count from the load of the page, so 0 would be a moment ago.
  const pressedG = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => onOpenShortcuts(() => setOpened(true)), []);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        openPalette();
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector("[aria-modal='true']")) return;
      if (event.timeStamp - pressedG.current < AFTER_G_MS) {
        const place = PLACES.find(({ letter }) => letter === event.key);
        pressedG.current = Number.NEGATIVE_INFINITY;
        if (place) {
          event.preventDefault();
          void navigate({ to: place.to });
        }
      } else if (event.key === "g") pressedG.current = event.timeStamp;
      else if (event.key === "?") setOpened(true);
      else if (event.key === "/") {
        event.preventDefault();
        openPalette();
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [navigate]);
  return (
    <Modal opened={opened} onClose={() => setOpened(false)} title="Keyboard shortcuts" size="sm">
      <Table withRowBorders={false} verticalSpacing={4}>
        <Table.Tbody>
          <Shortcut keys={["Ctrl", "K"]} or={["/"]} does="Search and commands" />
          <Shortcut keys={["?"]} does="This list" />
          <Shortcut keys={["Esc"]} does="Close what is open" />
          <Shortcut keys={["↑", "↓"]} does="Rows of a table that has the focus; Enter opens one" />
          {PLACES.map(({ name, letter }) => (
            <Shortcut key={letter} keys={["g", letter]} does={name} />
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}

function Shortcut({ keys, or, does }: { keys: string[]; or?: string[]; does: string }) {
  return (
    <Table.Tr>
      <Table.Td w={130}>
        {keys.map((key) => (
          <Kbd key={key} mr={4}>
            {key}
          </Kbd>
        ))}
        {or?.map((key) => (
          <span key={key}>
            or <Kbd ml={4}>{key}</Kbd>
          </span>
        ))}
      </Table.Td>
      <Table.Td>{does}</Table.Td>
    </Table.Tr>
  );
}
