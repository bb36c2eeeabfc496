/* Tables with a checkbox in each row: one more in the head chooses all rows of the page,
   Shift chooses a range, and [data-chosen] in the form tells how many are chosen. */
(() => {
  "use strict";

  for (const table of document.querySelectorAll("table[data-choose]")) {
    const head = table.querySelector("thead .table__choose");
    const boxes = [...table.querySelectorAll("tbody .table__choose input[type=checkbox]")];
    if (!head || boxes.length === 0) {
      continue;
    }
    const told = table.closest("form")?.querySelector("[data-chosen]");
    const all = document.createElement("input");
    all.type = "checkbox";
    all.setAttribute("aria-label", "Choose all rows of this page");
    head.replaceChildren(all);

    const refresh = () => {
      const count = boxes.filter((box) => box.checked).length;
      all.checked = count === boxes.length;
      all.indeterminate = count > 0 && !all.checked;
      if (told) {
        told.textContent = count ? `${count} chosen` : "";
      }
    };

    all.addEventListener("change", () => {
      for (const box of boxes) {
        box.checked = all.checked;
      }
      refresh();
    });

    let last = null;
    table.addEventListener("click", (event) => {
      const index = boxes.indexOf(event.target);
      if (index < 0) {
        return;
      }
      if (event.shiftKey && last !== null) {
        const [from, to] = last < index ? [last, index] : [index, last];
        for (const box of boxes.slice(from, to + 1)) {
          box.checked = boxes[index].checked;
        }
      }
      last = index;
      refresh();
    });
    refresh();
  }
})();
