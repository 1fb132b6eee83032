"""Tenants, their users and organizations, and what these may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import _native
from ._record import Record
from ._service import Lister, Page, Service

__all__ = ["Entitlements", "Organizations", "Roles", "Tenants", "Users"]

Principal = _native.Principal


class Tenants(Lister):
    """Tenants, for operators: newest first or by `name`; filter `status` or `plan`, search `name`."""

    __slots__ = ()
    _list = "tenants.list"

    def create(
        self,
        principal: Principal,
        *,
        slug: str,
        name: str,
        plan: str,
        admin: Mapping[str, Any],
        cycle: str = "Monthly",
        trial_days: int | None = None,
        idem_key: str | None = None,
    ) -> Record:
        """Makes a tenant with its organization, subscription and first administrator.

        `admin` has `issuer`, `subject`, `email`, `display_name`; `cycle` is Monthly, Quarterly or Yearly. Without a
        trial the first period opens, and is billed, at once. Asked again under the same `idem_key` it gives the tenant
        that was made; another request under it is a `ConflictError`.
        """
        terms = {"cycle": cycle, "trial_days": trial_days, "idem_key": idem_key}
        made = self._call(principal, "tenants.create", slug=slug, name=name, plan=plan, admin=admin, **terms)
        return Record({part: Record(value) for part, value in made.items()})

    def get(self, principal: Principal, id: str) -> Record:
        """A tenant."""
        return Record(self._call(principal, "tenants.get", id=id))

    def by_slug(self, principal: Principal, slug: str) -> Record:
        """The tenant of a short name."""
        return Record(self._call(principal, "tenants.by_slug", slug=slug))

    def by_domain(self, principal: Principal, domain: str) -> Record:
        """The tenant of a host name of its own."""
        return Record(self._call(principal, "tenants.by_domain", domain=domain))

    def update(
        self, principal: Principal, id: str, expected: int, *, name: str | None = None, domain: str | None = None
    ) -> Record:
        """Changes name or domain of the tenant whose version is `expected`; an empty domain is none."""
        return Record(self._call(principal, "tenants.update", id=id, expected=expected, name=name, domain=domain))

    def set_status(self, principal: Principal, id: str, expected: int, status: str) -> Record:
        """Makes the tenant whose version is `expected` `Active`, `Suspended` or `Deactivated`."""
        return Record(self._call(principal, "tenants.set_status", id=id, expected=expected, status=status))


class Users(Lister):
    """The users of a tenant, newest first; filter `organization`, search `name` or `email`."""

    __slots__ = ()
    _list = "users.list"

    def create(
        self,
        principal: Principal,
        *,
        issuer: str,
        subject: str,
        email: str,
        display_name: str,
        role: str | None = None,
        organization_id: str | None = None,
    ) -> Record:
        """Makes a user with a role, by name or id, in the whole tenant; nobody gives a permission that they lack.

        The user is of the caller's organization where none is named.
        """
        fields = {"issuer": issuer, "subject": subject, "email": email, "display_name": display_name, "role": role}
        return Record(self._call(principal, "users.create", organization_id=organization_id, **fields))

    def get(self, principal: Principal, id: str) -> Record:
        """A user of the tenant's."""
        return Record(self._call(principal, "users.get", id=id))

    def update(
        self,
        principal: Principal,
        id: str,
        expected: int,
        *,
        display_name: str | None = None,
        email: str | None = None,
        organization_id: str | None = None,
        no_organization: bool | None = None,
    ) -> Record:
        """Changes the user whose version is `expected`; what is not given stays."""
        fields = {"display_name": display_name, "email": email, "organization_id": organization_id}
        which = {"id": id, "expected": expected, "no_organization": no_organization}
        return Record(self._call(principal, "users.update", **which, **fields))

    def grants(
        self,
        principal: Principal,
        *,
        filter: Mapping[str, str],
        size: int = 20,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page:
        """Roles given, newest first, filtered by `user`, or by `role`, its name or id."""
        return self._page(principal, "users.grants", filter=filter, size=size, cursor=cursor, total=total)

    def set_active(self, principal: Principal, id: str, expected: int, active: bool) -> Record:
        """Activates or deactivates the user whose version is `expected`."""
        return Record(self._call(principal, "users.set_active", id=id, expected=expected, active=active))

    def erase(self, principal: Principal, id: str, expected: int) -> Record:
        """Makes the user whose version is `expected` a pseudonym, and deletes what the audit log tells of the person."""
        return Record(self._call(principal, "users.erase", id=id, expected=expected))


class Organizations(Lister):
    """The organizations of a tenant, by name or the newest first (`created`); search `name`."""

    __slots__ = ()
    _list = "organizations.list"

    def create(self, principal: Principal, name: str) -> Record:
        """Makes an organization."""
        return Record(self._call(principal, "organizations.create", name=name))

    def get(self, principal: Principal, id: str) -> Record:
        """An organization of the tenant's."""
        return Record(self._call(principal, "organizations.get", id=id))

    def rename(self, principal: Principal, id: str, expected: int, name: str) -> Record:
        """Gives the organization whose version is `expected` another name."""
        return Record(self._call(principal, "organizations.rename", id=id, expected=expected, name=name))

    def set_active(self, principal: Principal, id: str, expected: int, active: bool) -> Record:
        """Activates or deactivates the organization whose version is `expected`, with all that belongs to it."""
        return Record(self._call(principal, "organizations.set_active", id=id, expected=expected, active=active))


class Roles(Lister):
    """The roles of a tenant by name, who holds them, and what they keep apart.

    Nobody gives, changes or takes away a permission that they lack in the same scope, nor their own grants.
    """

    __slots__ = ()
    _list = "roles.list"

    def create(
        self,
        principal: Principal,
        name: str,
        *,
        permissions: Sequence[str] = (),
        inherits: Sequence[str] = (),
        description: str = "",
    ) -> Record:
        """Makes a role of its own permissions and those of the roles it inherits from, by name or id."""
        fields = {"permissions": list(permissions), "inherits": list(inherits), "description": description}
        return Record(self._call(principal, "roles.create", name=name, **fields))

    def get(self, principal: Principal, role: str) -> Record:
        """A role, by name or id; `effective` is all that it comes to."""
        return Record(self._call(principal, "roles.get", role=role))

    def update(
        self,
        principal: Principal,
        id: str,
        expected: int,
        *,
        name: str | None = None,
        permissions: Sequence[str] | None = None,
        inherits: Sequence[str] | None = None,
        description: str | None = None,
    ) -> Record:
        """Changes what is given of the role whose version is `expected`, for all who hold it."""
        fields = {"name": name, "permissions": permissions, "inherits": inherits, "description": description}
        return Record(self._call(principal, "roles.update", id=id, expected=expected, **fields))

    def remove(self, principal: Principal, id: str, expected: int) -> None:
        """Removes the role whose version is `expected`; a conflict while it is given or inherited from."""
        self._call(principal, "roles.remove", id=id, expected=expected)

    def grant(
        self,
        principal: Principal,
        user_id: str,
        role: str,
        *,
        organization_id: str | None = None,
        expires_at: int | None = None,
    ) -> Record:
        """Gives a role, by name or id, in the whole tenant or in one organization, for good or until an instant."""
        fields = {"organization_id": organization_id, "expires_at": expires_at}
        return Record(self._call(principal, "roles.grant", user_id=user_id, role=role, **fields))

    def revoke(self, principal: Principal, grant_id: str) -> None:
        """Takes a role back."""
        self._call(principal, "roles.revoke", id=grant_id)

    def grants(
        self,
        principal: Principal,
        *,
        filter: Mapping[str, str],
        size: int = 20,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page:
        """Roles given, newest first, filtered by `user`, or by `role`, its name or id."""
        return self._page(principal, "roles.grants", filter=filter, size=size, cursor=cursor, total=total)

    def create_sod_rule(
        self, principal: Principal, name: str, permissions: Sequence[str], *, organization_id: str | None = None
    ) -> Record:
        """Forbids one user two or more of the permissions; a conflict that names `offenders` while there are any."""
        fields = {"permissions": list(permissions), "organization_id": organization_id}
        return Record(self._call(principal, "roles.create_sod_rule", name=name, **fields))

    def sod_rules(self, principal: Principal) -> Sequence[Record]:
        """The rules that keep permissions apart."""
        return [Record(rule) for rule in self._call(principal, "roles.sod_rules")]

    def remove_sod_rule(self, principal: Principal, id: str) -> None:
        """Removes a rule."""
        self._call(principal, "roles.remove_sod_rule", id=id)


class Entitlements(Service):
    """What a tenant has apart from its plan: the caller's own, or, for an operator, that of the `tenant` named."""

    __slots__ = ()

    def get(self, principal: Principal, *, tenant: str | None = None) -> Record:
        """All `features` granted or revoked and `limits` set, ended ones among them."""
        told = self._call(principal, "entitlements.get", tenant=tenant)
        return Record({part: [Record(one) for one in told[part]] for part in ("features", "limits")})

    def set_feature(
        self,
        principal: Principal,
        feature: str,
        effect: str,
        reason: str,
        *,
        expires_at: int | None = None,
        tenant: str | None = None,
    ) -> Record:
        """`Grant`s or `Revoke`s a feature from now on; a tenant only revokes."""
        fields = {"effect": effect, "reason": reason, "expires_at": expires_at, "tenant": tenant}
        return Record(self._call(principal, "entitlements.set_feature", feature=feature, **fields))

    def set_limit(
        self,
        principal: Principal,
        limit: str,
        value: int | str,
        reason: str,
        *,
        tenant: str,
        expires_at: int | None = None,
    ) -> Record:
        """For operators: a limit in place of the plan's; a number, `Unlimited` or `Absent`."""
        told = {"At": value} if isinstance(value, int) else value
        fields = {"value": told, "reason": reason, "expires_at": expires_at, "tenant": tenant}
        return Record(self._call(principal, "entitlements.set_limit", limit=limit, **fields))

    def remove(self, principal: Principal, id: str, *, tenant: str | None = None) -> None:
        """Takes an override back; a tenant only those of its own."""
        self._call(principal, "entitlements.remove", id=id, tenant=tenant)
