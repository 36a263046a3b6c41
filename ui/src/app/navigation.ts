/** The pages: their names, addresses, icons, and who sees them. */

import {
  IconAdjustmentsHorizontal,
  IconAlertTriangle,
  IconBolt,
  IconBuildingCommunity,
  IconChartBar,
  IconChecklist,
  IconCoins,
  IconCpu,
  IconKey,
  IconLayoutDashboard,
  IconListDetails,
  IconShieldCheck,
  IconWallet,
} from "./icons";

export interface Place {
  name: string;
  to: string;
  icon: typeof IconKey;
  /** Pressed after "g". */
  letter: string;
  permission: string;
  /** What the header's span and filters mean something to. */
  spanned: boolean;
}

export const PLACES: readonly Place[] = [
  {
    name: "Overview",
    to: "/",
    icon: IconLayoutDashboard,
    letter: "o",
    permission: "usage.read",
    spanned: false,
  },
  {
    name: "Explore",
    to: "/explore",
    icon: IconChartBar,
    letter: "e",
    permission: "usage.read",
    spanned: true,
  },
  { name: "Tokens", to: "/tokens", icon: IconCoins, letter: "t", permission: "usage.read", spanned: true },
  {
    name: "Inference",
    to: "/inference",
    icon: IconBolt,
    letter: "i",
    permission: "usage.read",
    spanned: true,
  },
  { name: "Models", to: "/models", icon: IconCpu, letter: "m", permission: "usage.read", spanned: true },
  {
    name: "Calls",
    to: "/calls",
    icon: IconListDetails,
    letter: "c",
    permission: "calls.read",
    spanned: true,
  },
  {
    name: "Budgets",
    to: "/budgets",
    icon: IconWallet,
    letter: "b",
    permission: "budgets.read",
    spanned: false,
  },
  {
    name: "Policies",
    to: "/policies",
    icon: IconShieldCheck,
    letter: "p",
    permission: "policies.read",
    spanned: false,
  },
  {
    name: "Approvals",
    to: "/approvals",
    icon: IconChecklist,
    letter: "a",
    permission: "approvals.read",
    spanned: false,
  },
  {
    name: "Alerts",
    to: "/alerts",
    icon: IconAlertTriangle,
    letter: "l",
    permission: "alerts.read",
    spanned: false,
  },
  { name: "Keys", to: "/keys", icon: IconKey, letter: "k", permission: "keys.read", spanned: false },
  {
    name: "Estate",
    to: "/estate",
    icon: IconBuildingCommunity,
    letter: "s",
    permission: "estate.read",
    spanned: false,
  },
  {
    name: "Settings",
    to: "/settings",
    icon: IconAdjustmentsHorizontal,
    letter: ",",
    permission: "",
    spanned: false,
  },
];

/** The page that an address belongs to. */
export function placeOf(path: string): Place | undefined {
  return PLACES.find(({ to }) => (to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`)));
}
