/** The command palette: the button in the header, and the dialog, whose content comes when first opened. */

import { Modal } from "@mantine/core";
import { lazy, Suspense, useEffect, useState } from "react";
import { SkeletonRows } from "~/components/states";
import { onOpenPalette, openPalette } from "./events";
import { IconSearch } from "./icons";
import classes from "./shell.module.css";

const Commands = lazy(() => import("./commands"));
const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

export function PaletteButton() {
  return (
    <button type="button" className={classes.search} onClick={openPalette}>
      <IconSearch size={15} aria-hidden="true" />
      <span>Search</span>
      <kbd>{MAC ? "⌘ K" : "Ctrl K"}</kbd>
    </button>
  );
}

export function Palette() {
  const [opened, setOpened] = useState(false);
  useEffect(() => onOpenPalette(() => setOpened(true)), []);
  const close = () => setOpened(false);
  return (
    <Modal.Root opened={opened} onClose={close} padding={0} size="lg" yOffset="12vh" centered={false}>
      <Modal.Overlay blur={1} backgroundOpacity={0.4} />
      <Modal.Content aria-label="Search and commands">
        <Modal.Body>
          <Suspense fallback={<SkeletonRows rows={7} />}>{opened && <Commands onDone={close} />}</Suspense>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
