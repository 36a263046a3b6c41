/** The page Policies. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Policies() {
  return (
    <Page title="Policies">
      <SkeletonBox height={320} />
    </Page>
  );
}
