from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# As they are when the site is new; a later change is a later migration.
TESTER = ("execute",)
TEST_CREATOR = (*TESTER, "create_cases", "manage_suite_cases")
TEST_MANAGER = (
    *TEST_CREATOR,
    "manage_cases",
    "manage_suites",
    "manage_tags",
    "manage_runs",
    "review_results",
    "manage_environments",
    "manage_products",
)
ADMIN = (*TEST_MANAGER, "manage_users")
ROLES = {
    "Tester": TESTER,
    "Test Creator": TEST_CREATOR,
    "Test Manager": TEST_MANAGER,
    "Admin": ADMIN,
}


def create_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the roles; one that exists keeps what an administrator made of it."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="accounts", model="user"
    )
    permission_model = apps.get_model("auth", "Permission")
    permissions = {
        # The rows that Django itself adds only after all migrations have run.
        codename: permission_model.objects.get_or_create(
            content_type=content_type,
            codename=codename,
            defaults={"name": codename.replace("_", " ").capitalize()},
        )[0]
        for codename in ADMIN
    }
    group_model = apps.get_model("auth", "Group")
    for name, codenames in ROLES.items():
        group, created = group_model.objects.get_or_create(name=name)
        if created:
            group.permissions.set([permissions[codename] for codename in codenames])


class Migration(migrations.Migration):
    """Tester, Test Creator, Test Manager, Admin."""

    dependencies = [
        ("accounts", "0002_throttlecount"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    # It only adds rows, to tables of permissions.
    backward_compatible = True
    operations = [migrations.RunPython(create_roles, migrations.RunPython.noop)]
