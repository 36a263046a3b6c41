/** The page Calls. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Calls() {
  return (
    <Page title="Calls">
      <SkeletonBox height={320} />
    </Page>
  );
}
