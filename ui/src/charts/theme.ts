/** The page's colours as a chart needs them: a canvas knows no CSS variables. */

import { useComputedColorScheme } from "@mantine/core";
import { useMemo } from "react";

export interface ChartTheme {
  scheme: "light" | "dark";
  text: string;
  dim: string;
  line: string;
  surface: string;
  accent: string;
  font: string;
}

/** Read from the root element, anew when the scheme changes. */
export function useChartTheme(): ChartTheme {
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  return useMemo(() => themeOf(scheme), [scheme]);
}

/** The same values as in styles/global.css. */
function themeOf(scheme: "light" | "dark"): ChartTheme {
  const font = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
  return scheme === "dark"
    ? {
        scheme,
        text: "#e4e9ea",
        dim: "#9aa6ab",
        line: "#2a3033",
        surface: "#191d1f",
        accent: "#5fc9b1",
        font,
      }
    : {
        scheme,
        text: "#1b2124",
        dim: "#5a6469",
        line: "#e2e5e6",
        surface: "#ffffff",
        accent: "#0b6e5b",
        font,
      };
}
