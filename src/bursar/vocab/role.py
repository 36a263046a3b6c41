"""The roles that people hold; what each allows is the business of `bursar.access`."""

from typing import Final, Literal, get_args

Role = Literal["administrator", "finance", "procurement", "approver", "engineer", "viewer", "auditor"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
