// Finds what keeps people out of a page. Returns a list of sentences, empty when all is well.
() => {
  const faults = [];
  const where = (element) => element.outerHTML.slice(0, 120);
  const visible = (element) => element.checkVisibility({ visibilityProperty: true });
  const name = (element) =>
    (element.getAttribute("aria-label") ||
      (element.getAttribute("aria-labelledby") || "")
        .split(" ")
        .map((id) => document.getElementById(id)?.textContent || "")
        .join(" ") ||
      element.textContent ||
      element.title ||
      [...element.querySelectorAll("img[alt], svg title")]
        .map((image) => image.alt || image.textContent)
        .join(" ")).trim();

  if (!document.documentElement.lang) faults.push("the page has no language");
  if (!document.title.trim()) faults.push("the page has no title");
  const titles = [...document.querySelectorAll("h1")].filter(visible);
  if (titles.length !== 1) faults.push(`${titles.length} h1 headings`);
  if (document.querySelectorAll("main").length !== 1) faults.push("not exactly one <main>");

  let level = 0;
  for (const heading of [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter(visible)) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) faults.push(`heading skips a level: ${where(heading)}`);
    level = own;
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at)))
    faults.push(`id ${id} is used twice`);
  for (const image of document.querySelectorAll("img:not([alt])"))
    faults.push(`image without alt: ${where(image)}`);
  for (const control of document.querySelectorAll("a[href], button"))
    if (visible(control) && !name(control)) faults.push(`no name: ${where(control)}`);
  for (const field of document.querySelectorAll("input, select, textarea")) {
    if (["hidden", "submit", "button"].includes(field.type) || !visible(field)) continue;
    const labels = [...(field.labels || [])].map((label) => label.textContent).join("");
    if (!labels.trim() && !field.getAttribute("aria-label") && !field.getAttribute("aria-labelledby"))
      faults.push(`field without a label: ${where(field)}`);
  }

  const parse = (text) => {
    const numbers = text.match(/[\d.]+/g).map(Number);
    const scale = text.startsWith("color(") ? 255 : 1;
    return [...numbers.slice(0, 3).map((part) => part * scale), numbers[3] ?? 1];
  };
  const luminance = (color) => {
    const [red, green, blue] = color.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const over = (top, bottom) =>
    [0, 1, 2].map((at) => top[at] * top[3] + bottom[at] * (1 - top[3])).concat(1);
  const background = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none") return null;
      layers.push(parse(style.backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    return layers.reduceRight((below, layer) => over(layer, below), dark ? [18, 18, 18, 1] : [255, 255, 255, 1]);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const poor = new Set();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !visible(element)) continue;
    if (element.closest(":disabled, script, style, option, .skip-link")) continue;
    const below = background(element);
    if (!below) continue;
    const style = getComputedStyle(element);
    const own = luminance(over(parse(style.color), below));
    const base = luminance(below);
    const ratio = (Math.max(own, base) + 0.05) / (Math.min(own, base) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) poor.add(`contrast ${ratio.toFixed(2)}: ${where(element)}`);
  }
  return faults.concat([...poor]);
}
