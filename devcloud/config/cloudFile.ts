/** A file that a box gets before its first process starts. */
export interface CloudFile {
  /** Absolute, in the box. */
  path: string;
  text: string;
  mode: number;
}
