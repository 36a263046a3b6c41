/** The page Estate. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Estate() {
  return (
    <Page title="Estate">
      <SkeletonBox height={320} />
    </Page>
  );
}
