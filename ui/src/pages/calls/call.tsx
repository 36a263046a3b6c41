/** One call. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Call() {
  return (
    <Page title="Call">
      <SkeletonBox height={320} />
    </Page>
  );
}
