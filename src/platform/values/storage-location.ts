/** The places of the file store. In a folder, each is a directory, which may be on another disk. */
export const STORAGE_LOCATIONS = ['PRIMARY', 'ARCHIVE', 'COLD_STORAGE', 'TEMPORARY'] as const;

/** A place of the file store. */
export type StorageLocation = (typeof STORAGE_LOCATIONS)[number];
