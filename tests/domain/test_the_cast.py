"""The cast itself: what every other test of the domain takes for granted."""

from educore import Educore, where
from educore.groups import Enrollment
from educore.kernel.store import Store
from support.cast import World, all_rows, create_cast


def test_the_cast_is_the_same_in_every_store(store: Store, world: World) -> None:
    assert all_rows(store)["Center"] == [world.tashkent.center, world.samarkand.center]


def test_two_students_sit_in_the_morning_group(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        assert uow.count(Enrollment, where(group_id=world.tashkent.morning.id)) == 2


def test_founding_the_world_anew_gives_the_same_ids(empty_store: Store, world: World) -> None:
    assert create_cast(empty_store) == world
