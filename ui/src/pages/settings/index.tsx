/** The page Settings. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Settings() {
  return (
    <Page title="Settings">
      <SkeletonBox height={320} />
    </Page>
  );
}
