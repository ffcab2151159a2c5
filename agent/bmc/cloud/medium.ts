/** What is in a virtual CD-ROM's drive, as it is on the disk. */
export interface Medium {
  /** Absent: on its way out, and only its image is left. */
  readonly url?: string;
  /** Glance's id, chosen here, so that an upload that a crash cut off can be cleared away. */
  readonly image: string;
  readonly ready: boolean;
}
