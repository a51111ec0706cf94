/** Puts the cursor into a field when the field appears, so that the next scan arrives there. */
export function focusOnce(field: HTMLInputElement | null): void {
  field?.focus();
}
