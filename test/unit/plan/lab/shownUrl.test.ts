import { expect, it } from "vitest";
import { parseConfig } from "../../../../plan/config/parseConfig";
import { planLab } from "../../../../plan/lab/planLab";
import { shownUrl } from "../../../../plan/lab/shownUrl";
import { diffMarkdown } from "../../../../plan/review/diffMarkdown";
import { diffPlans } from "../../../../plan/review/planDiff";
import { planJson } from "../../../../plan/review/planJson";
import { planMarkdown } from "../../../../plan/review/planMarkdown";
import { planText } from "../../../../plan/review/planText";

it.each([
  ["https://mirror.example/ipxe.qcow2", "https://mirror.example/ipxe.qcow2"],
  ["https://me:pass@mirror.example/a/b", "https://[secret]@mirror.example/a/b"],
  ["HTTP://me:p@ss@mirror.example:80", "HTTP://[secret]@mirror.example:80"],
  ["https://mirror.example/a@b?sig=pass#x", "https://mirror.example/a@b?[secret]"],
  ["images/ipxe@1.qcow2", "images/ipxe@1.qcow2"],
])("%s is shown as %s", (url, shown) => {
  expect(shownUrl(url)).toBe(shown);
});

it("no view of a plan or of a change shows what an image's URL holds", () => {
  const lab = (secret: string) =>
    planLab(
      parseConfig(
        {
          images: {
            disk: { source: "url", url: `https://me:${secret}@mirror.example/i?t=${secret}`, format: "raw" },
          },
        },
        "dev",
      ),
    );
  const [before, after] = [lab("hunter2"), lab("hunter3")];
  const diff = diffPlans(before, after);
  const all = [
    planText(after),
    planJson(after),
    planMarkdown(after),
    diffMarkdown(before, after, diff),
    JSON.stringify(diff),
  ];
  for (const text of all) expect(text).not.toContain("hunter");
  expect(diff.changes).toContainEqual(expect.objectContaining({ type: "image", action: "replace" }));
});
