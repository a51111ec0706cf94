/** The operations of the tour about what stations run. */
export const STATION_TOUR = `# 15. Batch runs of testers, with the share that
#     passed, and the test program that they run.
query Stations {
  processSessions(first: 5) {
    nodes {
      batchCode slot status openedAt
      station { code }
      process { code }
      totalCount passCount failCount passRatio
      testProgramVersion { version }
      processData(first: 2) { nodes { result } }
    }
  }
  testPrograms(first: 3) {
    nodes {
      name displayName
      currentVersion { version changeNotes }
      versions { totalCount }
      deployments(first: 3) {
        nodes { status station { code } testProgramVersion { version } }
      }
    }
  }
}
`;
