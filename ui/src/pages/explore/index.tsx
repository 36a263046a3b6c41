/** The page Explore. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Explore() {
  return (
    <Page title="Explore">
      <SkeletonBox height={320} />
    </Page>
  );
}
