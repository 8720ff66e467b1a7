"""`manage.py worker`: all background work, until it is told to stop."""

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cognito_portal.worker import jobs
from cognito_portal.worker.running import Worker


class Command(BaseCommand):
    help = (
        "Run the background jobs. Several workers may run; SIGTERM and SIGINT end one after the job at hand."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--without",
            metavar="JOB",
            action="append",
            default=[],
            choices=[job.name for job in jobs.registered()],
            help="leave this job to another process, such as one with rights of its own",
        )
        parser.add_argument("--once", action="store_true", help="run every job once, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        told: list[int] = []
        handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
        for each in handlers:
            signal.signal(each, lambda number, _: told.append(number))
        try:
            self.run_jobs(told, without=options["without"], is_once=options["once"])
        finally:
            for each, handler in handlers.items():
                signal.signal(each, handler)

    def run_jobs(self, told: list[int], *, without: list[str], is_once: bool) -> None:
        jobs.stopping().clear()
        chosen = [job for job in jobs.registered() if job.name not in without]
        worker = Worker(chosen, stopping=jobs.stopping())
        if not is_once:
            worker.serve(lambda: bool(told))
            return
        failed, elsewhere = worker.run_once(lambda: bool(told))
        for name in elsewhere:
            self.stdout.write(f"{name}: another worker does this.")
        if failed:
            raise CommandError(f"These jobs failed: {', '.join(failed)}. The log says why.")
