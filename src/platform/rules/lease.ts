/** What is noted of a row whose worker was not heard of before its lease of so many seconds was over. */
export function lostLeaseMessage(
  { holder, attempt }: { readonly holder: string; readonly attempt: number },
  seconds: number,
): string {
  return `Worker ${holder} was not heard of for ${seconds} s in attempt ${attempt}.`;
}
