/** The page Tokens. */

import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";

export default function Tokens() {
  return (
    <Page title="Tokens">
      <SkeletonBox height={320} />
    </Page>
  );
}
