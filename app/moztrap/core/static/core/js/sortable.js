/* Rows of a form[data-sortable] can be dragged to another position of the page. Dropping
   one presses the same button that the arrows are: the server decides, and shows the rest. */
(() => {
  "use strict";

  for (const form of document.querySelectorAll("form[data-sortable]")) {
    const body = form.querySelector("tbody");
    const first = Number(body?.querySelector("input.position")?.value);
    if (!body || !first) {
      continue;
    }
    let dragged = null;

    const rows = () => [...body.querySelectorAll("tr[data-case]")];
    const start = rows();

    for (const row of start) {
      // Only the grip starts a drag, so that names can still be selected with the mouse.
      const grip = document.createElement("span");
      grip.className = "grip";
      grip.title = "Drag to another position";
      grip.setAttribute("aria-hidden", "true");
      grip.textContent = "⠿";
      grip.addEventListener("pointerdown", () => {
        row.draggable = true;
      });
      row.querySelector(".table__actions")?.append(grip);
      row.addEventListener("dragstart", (event) => {
        dragged = row;
        row.classList.add("is-dragged");
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", row.dataset.case);
      });
      row.addEventListener("dragend", () => {
        row.draggable = false;
        row.classList.remove("is-dragged");
        const position = rows().indexOf(row);
        const before = start.indexOf(row);
        dragged = null;
        if (position !== before) {
          const move = document.createElement("input");
          move.type = "hidden";
          move.name = "move";
          move.value = `${row.dataset.case}:${first + position}`;
          form.append(move);
          form.submit();
        }
      });
    }

    body.addEventListener("dragover", (event) => {
      const over = event.target.closest("tr[data-case]");
      if (!dragged || !over) {
        return;
      }
      event.preventDefault();
      if (over === dragged) {
        return;
      }
      const box = over.getBoundingClientRect();
      const isAfter = event.clientY > box.top + box.height / 2;
      body.insertBefore(dragged, isAfter ? over.nextSibling : over);
    });

    body.addEventListener("drop", (event) => event.preventDefault());
  }
})();
