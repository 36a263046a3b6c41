/** The page Alerts. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Alerts() {
  return (
    <Page title="Alerts">
      <SkeletonBox height={320} />
    </Page>
  );
}
