/** What each page asks for first; everyone who may sign in at all may ask for it. */

import type { Asked } from "~/api/early";
import type { Search } from "~/state/url";
import { askedByBudgets } from "./budgets/asked";
import { askedByExplore } from "./explore/asked";
import { askedByInference } from "./inference/asked";
import { askedByModels } from "./models/asked";
import { askedByOverview } from "./overview/asked";
import { askedByTokens } from "./tokens/asked";

/** By the page's address: the questions, given the query of the address and the time. */
export const ASKED: Record<string, (search: Search, now: Date) => Asked[]> = {
  "/": askedByOverview,
  "/explore": askedByExplore,
  "/tokens": askedByTokens,
  "/inference": askedByInference,
  "/models": askedByModels,
  "/budgets": askedByBudgets,
};
