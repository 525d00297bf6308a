"""Make a staff account or give one a new password (the first coordinator begins here)."""

import getpass
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from kimppa.common.errors import CannotRun
from kimppa.organisations import operations
from kimppa.organisations.models import Branch, Library, StaffAccount
from kimppa.organisations.operations import sign_in
from kimppa.organisations.rules import Role


class Command(BaseCommand):
    """kimppa staff add NAME --role ROLE [--library L [--branch B]]; kimppa staff password NAME."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do, the user name and the role; never a password."""
        parser.add_argument("verb", choices=["add", "password"])
        parser.add_argument("username", metavar="NAME", help="user name of the account")
        parser.add_argument("--role", choices=[role.value for role in Role], help="for add")
        parser.add_argument("--library", metavar="CODE", help="where the role holds (everywhere)")
        parser.add_argument("--branch", metavar="CODE", help="a branch of that library")
        parser.add_argument(
            "--password-file",
            type=Path,
            metavar="FILE",
            help="its first line is the password; else it is asked",
        )

    def handle(self, *, verb: str, username: str, **options: object) -> None:
        """Do it, as one change."""
        account = StaffAccount.objects.filter(username=username).first()
        if (account is not None) == (verb == "add"):
            raise CannotRun(_trouble(verb, username))
        now = timezone.now()
        with transaction.atomic():
            account = account or self._add(username, now, options)
            password = _password(options["password_file"], account)
            operations.set_password(account=account, password=password, now=now, by=None)
        if verb == "password":
            sign_in.forget_attempts(account=account)
        self.stdout.write(f"{username} can sign in at /staff/.")

    def _add(self, username: str, now: datetime, options: dict[str, object]) -> StaffAccount:
        if not options["role"]:
            raise CannotRun("say with --role what the account may do, such as --role coordinator.")
        library, branch = _unit(options["library"], options["branch"])
        account = operations.create_account(username=username, home_branch=branch, now=now, by=None)
        operations.grant_role(
            account=account,
            role=Role(str(options["role"])),
            library=None if branch else library,
            branch=branch,
            now=now,
            by=None,
        )
        return account


def _trouble(verb: str, username: str) -> str:
    if verb == "add":
        return (
            f"there is an account {username} already. `kimppa staff password` changes its password."
        )
    return f"there is no account {username}. `kimppa staff add` makes one."


def _unit(library_code: object, branch_code: object) -> tuple[Library | None, Branch | None]:
    if not library_code:
        if branch_code:
            raise CannotRun("a branch is named together with its --library.")
        return None, None
    library = Library.objects.filter(code=library_code).first()
    if library is None:
        raise CannotRun(f"there is no library {library_code}.")
    if not branch_code:
        return library, None
    branch = Branch.objects.filter(library=library, code=branch_code).first()
    if branch is None:
        raise CannotRun(f"{library_code} has no branch {branch_code}.")
    return library, branch


def _password(file: object, account: StaffAccount) -> str:
    """Read the password from the file or the terminal; raises CannotRun for a weak one."""
    if isinstance(file, Path):
        if not file.is_file():
            raise CannotRun(f"there is no file {file}.")
        password = file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    elif sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise CannotRun("the two passwords differ. Nothing was changed.")
    else:
        raise CannotRun("give the password in a file: --password-file FILE.")
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise CannotRun(" ".join(error.messages) + " Nothing was changed.") from error
    return password
