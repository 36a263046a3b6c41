/** The page Inference. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Inference() {
  return (
    <Page title="Inference">
      <SkeletonBox height={320} />
    </Page>
  );
}
