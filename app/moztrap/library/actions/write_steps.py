"""Make the steps of case versions what they should be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from moztrap.library.models import CaseStep, CaseVersion

# Few enough for the parameters that SQLite takes in one statement.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class StepText:
    """One step: what to do and what should come of it."""

    instruction: str
    expected: str = ""


def write_steps(caseversion: CaseVersion, steps: Sequence[StepText]) -> bool:
    """Renumber from 1 and write the difference alone; tell whether there was any."""
    return write_steps_of({caseversion.pk: steps})


def write_steps_of(wanted: Mapping[int, Sequence[StepText]]) -> bool:
    """Do the same for many case versions at once; the keys are their ids.

    A step that keeps its number keeps its row: results point at it.
    """
    existing: dict[tuple[int, int], CaseStep] = {}
    for ids in _batches(list(wanted)):
        for step in CaseStep.objects.filter(caseversion__in=ids):
            existing[step.caseversion_id, step.number] = step
    new: list[CaseStep] = []
    changed: list[CaseStep] = []
    for caseversion_id, steps in wanted.items():
        for number, text in enumerate(steps, start=1):
            old = existing.pop((caseversion_id, number), None)
            if old is None:
                new.append(
                    CaseStep(
                        caseversion_id=caseversion_id,
                        number=number,
                        instruction=text.instruction,
                        expected=text.expected,
                    )
                )
            elif (old.instruction, old.expected) != (text.instruction, text.expected):
                old.instruction, old.expected = text.instruction, text.expected
                changed.append(old)
    for ids in _batches([step.pk for step in existing.values()]):
        CaseStep.objects.filter(pk__in=ids).delete()
    if changed:
        CaseStep.objects.bulk_update(changed, ["instruction", "expected"], batch_size=_BATCH)
    CaseStep.objects.bulk_create(new, batch_size=1000)
    return bool(existing or changed or new)


def _batches(ids: list[int]) -> Iterable[list[int]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
