"""Say that all is well, in place of solving anything."""

from tests.autograder.attacks import mask

PROBE = "from autograder.inside import probe, wire, case\n"

ATTACKS = {
    "an exception without a name": mask('raise type("", (Exception,), {})()'),
    "an exception of blanks": mask('raise type(" ", (Exception,), {})(" ")'),
    "outcomes that failed without a word": mask(
        "return 0", PROBE + "probe.run = lambda t, c: case.Outcome(failure=case.Failure('', ''))"
    ),
    "every outcome looks at data": mask(
        "return 0",
        PROBE + "probe.run = lambda t, c: case.Outcome(failure=case.Failure('looks at data', ''))",
    ),
    "outcomes with a score of their own": mask(
        "return 0",
        PROBE + "wire.pack = lambda d, p=wire.pack: p({'passed': True, 'score': 2.0, 'points': 2})",
    ),
    "outcomes that are None": mask("return 0", PROBE + "probe.run = lambda t, c: None"),
    "a failure that is a truth": mask(
        "return 0", PROBE + "probe.run = lambda t, c: case.Outcome(failure=True)"
    ),
    "the case sent back as its outcome": mask("return 0", PROBE + "probe.run = lambda t, c: c"),
    "arguments sent back as the value": mask(
        "return length", PROBE + "probe.plain = lambda v, depth=0: v"
    ),
    "a claimed shape and no numbers": mask(
        "return 0",
        PROBE
        + "def run(t, c):\n    n = next(iter(c.arguments.values()), 3)\n"
        + "    v = case.TensorValue(None, 'bool', 'meta', (n, n))\n"
        + "    return case.Outcome(value=v)\nprobe.run = run",
    ),
}
