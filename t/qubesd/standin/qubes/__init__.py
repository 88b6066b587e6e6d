# SPDX-License-Identifier: MIT
"""As much of qubesd as its storage drivers see, for tests: what is called, with what meaning."""


class property:  # pylint: disable=invalid-name,redefined-builtin
    """Of the options of pools and VMs; here only how qubes.xml writes a bool."""

    @staticmethod
    def bool(_holder, _property, value):
        return str(value).lower() in ("true", "yes", "on", "1")
