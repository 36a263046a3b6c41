"""What is done again and again, by one control plane of all on a store."""

from bursar.jobs.leader import Deposed, Fence, Leader, unfenced
from bursar.jobs.runner import Job, Runner, Turn

__all__ = ["Deposed", "Fence", "Job", "Leader", "Runner", "Turn", "unfenced"]
