/** The page Budgets. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Budgets() {
  return (
    <Page title="Budgets">
      <SkeletonBox height={320} />
    </Page>
  );
}
