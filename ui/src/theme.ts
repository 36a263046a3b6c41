/** Mantine's theme: one accent, quiet surfaces, dense controls, the system's fonts. */

import { createTheme, type MantineColorsTuple } from "@mantine/core";

const pine: MantineColorsTuple = [
  "#e9f7f4",
  "#d3ebe5",
  "#a6d7cb",
  "#75c2af",
  "#4db097",
  "#34a588",
  "#239f80",
  "#0b7a65",
  "#0b6e5b",
  "#045c4b",
];

/** Greys with a little of the accent in them; Mantine draws inputs, menus and dialogs of the dark scheme with these. */
const dark: MantineColorsTuple = [
  "#d5dcde",
  "#b5bfc3",
  "#94a1a6",
  "#6f7c82",
  "#40484c",
  "#30383b",
  "#22282b",
  "#191d1f",
  "#141718",
  "#0f1112",
];

const FONTS =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif, "Noto Color Emoji"';

export const theme = createTheme({
  primaryColor: "pine",
  primaryShade: { light: 8, dark: 7 },
  colors: { pine, dark },
  fontFamily: FONTS,
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", Menlo, Consolas, monospace',
  headings: { fontFamily: FONTS, fontWeight: "620" },
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  focusRing: "auto",
  components: {
    Button: { defaultProps: { size: "xs" }, styles: { label: { fontWeight: 560 } } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
    TextInput: { defaultProps: { size: "sm" } },
    Select: { defaultProps: { size: "sm", comboboxProps: { shadow: "md" } } },
    Tooltip: {
      defaultProps: { withArrow: true, openDelay: 300, events: { hover: true, focus: true, touch: true } },
    },
    Modal: {
      defaultProps: {
        centered: true,
        overlayProps: { blur: 1, backgroundOpacity: 0.4 },
        closeButtonProps: { "aria-label": "Close" },
      },
    },
    Drawer: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    Menu: { defaultProps: { shadow: "md" } },
    Popover: { defaultProps: { shadow: "md" } },
  },
});
