/** One document of the estate. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Document() {
  return (
    <Page title="Document">
      <SkeletonBox height={320} />
    </Page>
  );
}
