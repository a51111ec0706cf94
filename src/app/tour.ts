/** The operations on which GraphiQL opens. Each runs as it stands on the demo data; a test runs them all. */
export const TOUR = `# Welcome to lotgraph. Put the cursor into an operation and press Ctrl-Enter (or the play button).

query WhoAmI {
  viewer { role user { username fullName } permissions }
}
`;
