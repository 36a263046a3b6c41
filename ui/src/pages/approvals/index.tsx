/** The page Approvals. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Approvals() {
  return (
    <Page title="Approvals">
      <SkeletonBox height={320} />
    </Page>
  );
}
