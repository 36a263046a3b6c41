"""Who may: roles, what they allow, and over whose rows."""

from bursar.access.principal import ADMINISTRATOR, Principal, RoleGrant
from bursar.access.roles import PERMISSIONS, ROLES, Permission, Role

__all__ = ["ADMINISTRATOR", "PERMISSIONS", "ROLES", "Permission", "Principal", "Role", "RoleGrant"]
