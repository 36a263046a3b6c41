/** The page Overview. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Overview() {
  return (
    <Page title="Overview">
      <SkeletonBox height={320} />
    </Page>
  );
}
