/** What opens the dialogs that are there once for the page. */

type Opener = () => void;

function channel() {
  const openers = new Set<Opener>();
  return {
    open: () => {
      for (const each of openers) each();
    },
    on: (opener: Opener) => {
      openers.add(opener);
      return () => {
        openers.delete(opener);
      };
    },
  };
}

const palette = channel();
const shortcuts = channel();

export const openPalette = palette.open;
export const onOpenPalette = palette.on;
export const openShortcuts = shortcuts.open;
export const onOpenShortcuts = shortcuts.on;
