/** One budget. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Budget() {
  return (
    <Page title="Budget">
      <SkeletonBox height={320} />
    </Page>
  );
}
