/** Light, dark, or as the system has it. */

import { ActionIcon, type MantineColorSchemeManager, Menu, useMantineColorScheme } from "@mantine/core";
import { IconCheck, IconDeviceDesktop, IconMoon, IconSun } from "./icons";

const SCHEMES = [
  { value: "light", name: "Light", icon: IconSun },
  { value: "dark", name: "Dark", icon: IconMoon },
  { value: "auto", name: "As the system", icon: IconDeviceDesktop },
] as const;

const KEY = "bursar-scheme";

/** Kept in this browser, under the name that /scheme.js reads before the first paint. */
export function schemeManager(): MantineColorSchemeManager {
  return {
    get: (fallback) => {
      try {
        const found = localStorage.getItem(KEY);
        return found === "light" || found === "dark" || found === "auto" ? found : fallback;
      } catch {
        return fallback;
      }
    },
    set: (value) => {
      try {
        localStorage.setItem(KEY, value);
      } catch {
        // Storage may be forbidden; the choice then lasts as long as the page.
      }
    },
    subscribe: () => {},
    unsubscribe: () => {},
    clear: () => {},
  };
}

/** Use this instead of Mantine's own hook: that one writes a style element, which the policy forbids. */
export function useScheme() {
  return useMantineColorScheme({ keepTransitions: true });
}

export function SchemeMenu() {
  const { colorScheme, setColorScheme } = useScheme();
  const Icon = SCHEMES.find(({ value }) => value === colorScheme)?.icon ?? IconDeviceDesktop;
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <ActionIcon size="lg" aria-label="Colours: light or dark">
          <Icon size={18} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {SCHEMES.map(({ value, name, icon: Each }) => (
          <Menu.Item
            key={value}
            leftSection={<Each size={16} />}
            rightSection={colorScheme === value ? <IconCheck size={14} /> : null}
            onClick={() => setColorScheme(value)}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
