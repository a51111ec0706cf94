/** The operation of the tour about what contains a supplier's lot. */
export function genealogyTour({ supplierLot }: { readonly supplierLot: string }): string {
  return `# 16. A reel of a supplier turns out bad: which
#     units contain it, at any depth, and which
#     components were removed, and why?
query WhereUsed {
  whereUsed(component: { externalLotNumber: "${supplierLot}" }) {
    serialCount
    lotCount
    lots { number disposition productModel { code } }
    trace { nodeCount edgeCount depth isTruncated }
  }
  componentUses(first: 3, filter: { isRemoved: true }) {
    nodes {
      role position removedAt removalReason
      consumer { number }
      componentSerial { number }
    }
  }
}
`;
}
