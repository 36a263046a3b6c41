/** The page Models. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Models() {
  return (
    <Page title="Models">
      <SkeletonBox height={320} />
    </Page>
  );
}
