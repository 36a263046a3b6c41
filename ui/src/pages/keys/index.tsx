/** The page Keys. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Keys() {
  return (
    <Page title="Keys">
      <SkeletonBox height={320} />
    </Page>
  );
}
