"""What is done again and again, by one control plane of all on a store."""

from bursar.jobs.leader import CONTROL_PLANE, Deposed, Fence, Leader, is_led, unfenced
from bursar.jobs.runner import Job, Runner, Turn

__all__ = ["CONTROL_PLANE", "Deposed", "Fence", "Job", "Leader", "Runner", "Turn", "is_led", "unfenced"]
