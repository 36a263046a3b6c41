/** The badge's colour of what a policy decided. */
export function verdictColour(verdict: string): string {
  if (verdict === "allow") return "teal";
  return verdict === "deny" ? "red" : "yellow";
}
