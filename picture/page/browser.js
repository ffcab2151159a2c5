// What runs in the page: search, theme, size, and the keys of the picture. It asks for nothing and keeps nothing.

(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const things = all(".picture a.thing");
  const links = all(".picture .link");
  const rows = all("#tables tbody tr");

  /** A node of a rack has what it shares with the others told by the rack. */
  const words = (thing) => {
    const rack = thing.dataset.rack && byId(thing.dataset.rack);
    return `${thing.getAttribute("aria-label")} ${rack ? rack.getAttribute("aria-label") : ""}`.toLowerCase();
  };
  const text = new Map([
    ...things.map((thing) => [thing, words(thing)]),
    ...rows.map((row) => [row, row.textContent.toLowerCase()]),
  ]);

  function search() {
    const wanted = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (element) => wanted.every((word) => text.get(element).includes(word));
    for (const row of rows) row.hidden = !fits(row);
    for (const section of all("#tables > section")) {
      const inside = all("tbody tr", section);
      section.hidden = wanted.length > 0 && inside.every((row) => row.hidden);
    }
    const found = new Set(things.filter(fits));
    for (const thing of things)
      if (thing.dataset.rack && found.has(thing)) found.add(byId(thing.dataset.rack));
    for (const thing of things) thing.classList.toggle("dim", !found.has(thing));
    for (const link of links)
      link.classList.toggle("dim", ![link.dataset.card, link.dataset.rail].some((id) => found.has(byId(id))));
    const boxes = [...found].filter((thing) => !thing.classList.contains("rack")).length;
    const left = rows.filter((row) => !row.hidden).length;
    byId("found").textContent =
      wanted.length === 0 ? "" : `Found ${boxes} in the picture and ${left} rows of the tables.`;
    return found;
  }

  byId("search").addEventListener("input", search);
  byId("controls").addEventListener("submit", (event) => {
    event.preventDefault();
    const [first] = [...search()].filter((thing) => !thing.classList.contains("rack"));
    if (first && byId("search").value.trim() !== "") go(first);
  });

  byId("theme").addEventListener("change", ({ target }) => {
    if (target.value === "") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = target.value;
  });

  byId("actual").addEventListener("click", ({ currentTarget }) => {
    const actual = byId("picture").classList.toggle("actual");
    currentTarget.setAttribute("aria-pressed", String(actual));
  });

  // The picture is one stop of the Tab key; arrows go on to what lies there.
  let current = things[0];
  for (const thing of things) thing.setAttribute("tabindex", thing === current ? "0" : "-1");

  function go(thing) {
    current.setAttribute("tabindex", "-1");
    current = thing;
    current.setAttribute("tabindex", "0");
    current.focus();
    current.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** The middle of what stands for a thing: a rail's label, a card's box. */
  function middle(thing) {
    const { left, top, width, height } = (
      thing.querySelector(".box") || thing.querySelector("text")
    ).getBoundingClientRect();
    return { x: left + width / 2, y: top + Math.min(height, 40) / 2 };
  }

  /** What is nearest in that direction; what is off it counts double. */
  function nearest(from, dx, dy) {
    const here = middle(from);
    let best;
    for (const thing of things) {
      const { x, y } = middle(thing);
      const along = (x - here.x) * dx + (y - here.y) * dy;
      const aside = Math.abs((x - here.x) * dy) + Math.abs((y - here.y) * dx);
      if (thing === from || along < 2 || aside > along * 3) continue;
      const far = along + 2 * aside;
      if (!best || far < best.far) best = { thing, far };
    }
    return best?.thing;
  }

  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  for (const thing of things) {
    thing.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const arrow = arrows[event.key];
      const to = arrow ? nearest(thing, ...arrow) : { Home: things[0], End: things.at(-1) }[event.key];
      if (!arrow && !to) return;
      event.preventDefault();
      if (to) go(to);
    });
    thing.addEventListener("click", (event) => {
      event.preventDefault();
      current.setAttribute("tabindex", "-1");
      current = thing;
      current.setAttribute("tabindex", "0");
      show(byId(decodeURIComponent(thing.getAttribute("href").slice(1))));
    });
    const light = (on) => {
      for (const link of links)
        link.classList.toggle(
          "on",
          on &&
            [link.dataset.card, link.dataset.rail].some((id) => id === thing.id || id === thing.dataset.rack),
        );
    };
    for (const event of ["focus", "mouseenter"]) thing.addEventListener(event, () => light(true));
    for (const event of ["blur", "mouseleave"]) thing.addEventListener(event, () => light(false));
  }

  function show(target) {
    if (target.closest("[hidden]")) {
      byId("search").value = "";
      search();
    }
    target.focus();
    target.scrollIntoView({ block: "center" });
  }

  for (const back of all("#tables a.back")) {
    back.addEventListener("click", (event) => {
      event.preventDefault();
      go(byId(back.getAttribute("href").slice(1)));
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== byId("search")) {
      event.preventDefault();
      byId("search").focus();
    }
    if (event.key === "Escape") {
      if (document.activeElement === byId("search")) {
        byId("search").value = "";
        search();
      } else if (document.activeElement?.closest("#tables")) go(current);
    }
  });
})();
