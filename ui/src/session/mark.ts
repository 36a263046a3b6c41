/** Whether this browser was signed in when it was last here: no secret, and no right to anything. */

const NAME = "bursar-was-in";

export function wasIn(): boolean {
  try {
    return localStorage.getItem(NAME) !== null;
  } catch {
    return false; // storage may be forbidden
  }
}

export function markIn(isIn: boolean): void {
  try {
    if (isIn) localStorage.setItem(NAME, "1");
    else localStorage.removeItem(NAME);
  } catch {
    // Then nothing is asked early.
  }
}
