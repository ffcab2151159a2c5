/**
 * The colours, on light and on dark. Text in one has a contrast of 4.5 or more on the ground and on a card (WCAG 2.2,
 * 1.4.3). A rail of an extra network has one of extra0 to extra5.
 */
export const palette = {
  ground: ["#ffffff", "#0d1117"],
  card: ["#f6f8fa", "#161b22"],
  ink: ["#1b1f24", "#e6edf3"],
  muted: ["#57606a", "#9ba5b0"],
  line: ["#8c959f", "#6e7681"],
  public: ["#57606a", "#9ba5b0"],
  access: ["#0550ae", "#79b8ff"],
  ctlplane: ["#0a6470", "#56d4dd"],
  bmc: ["#7a3db8", "#c9a6ff"],
  extra0: ["#a3195b", "#ff9bce"],
  extra1: ["#6b4a00", "#e3b341"],
  extra2: ["#3b4cc0", "#a5b4fc"],
  extra3: ["#4d5c00", "#c3d86b"],
  extra4: ["#7a2e2e", "#f2b8a0"],
  extra5: ["#2f5d50", "#9fd8c4"],
  created: ["#116329", "#4ade80"],
  changed: ["#7d4e00", "#f0b942"],
  resized: ["#7d4e00", "#f0b942"],
  replaced: ["#a8320a", "#ffa070"],
  deleted: ["#a40e26", "#ff8f8f"],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

export type Colour = keyof typeof palette;

/** How many networks beside the ctlplane have a colour that no other has. */
export const extraColours = 6;

const sans = 'system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif';
const mono = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace';

/**
 * The picture's style sheet: f-COLOUR fills and s-COLOUR draws. Plain rules, no variables: converters to PNG or PDF know
 * no more. Dark where the reader's system is, or the page says so by data-theme.
 */
export function pictureStyle(): string {
  const rules = (theme: 0 | 1, under: string) =>
    (Object.keys(palette) as Colour[])
      .map(
        (name) =>
          `${under}.f-${name}{fill:${palette[name][theme]}}${under}.s-${name}{stroke:${palette[name][theme]}}`,
      )
      .join("\n");
  return `.picture{font-family:${sans}}
.picture text{white-space:pre}
.picture .mono{font-family:${mono}}
.picture .was{text-decoration:line-through}
${rules(0, "")}
@media (prefers-color-scheme:dark){
${rules(1, ":root:not([data-theme=light]) ")}
}
${rules(1, ":root[data-theme=dark] ")}
`;
}
