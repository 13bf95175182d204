CREATE TABLE center (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    name VARCHAR(200) NOT NULL,
    address VARCHAR(500) NOT NULL,
    phone VARCHAR(32),
    email VARCHAR(254),
    logo VARCHAR(255),
    description VARCHAR(5000) NOT NULL,
    license_number VARCHAR(100),
    opened_at DATE,
    status VARCHAR(32) NOT NULL,
    website VARCHAR(500),
    time_zone VARCHAR(64) NOT NULL,
    director_id BIGINT,
    CONSTRAINT pk_center PRIMARY KEY (id),
    CONSTRAINT uq_center_license_number UNIQUE (license_number),
    CONSTRAINT ck_center_status CHECK (status IN ('active', 'inactive'))
);

CREATE INDEX ix_center_director_id ON center (director_id);

CREATE TABLE failed_sign_in (
    id BIGSERIAL NOT NULL,
    name VARCHAR(254) NOT NULL,
    host VARCHAR(64) NOT NULL,
    failed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_failed_sign_in PRIMARY KEY (id)
);

CREATE INDEX ix_failed_sign_in_host ON failed_sign_in (host, failed_at);

CREATE INDEX ix_failed_sign_in_name_host ON failed_sign_in (name, host, failed_at);

CREATE TABLE course (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    name VARCHAR(200) NOT NULL,
    description VARCHAR(5000) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_course PRIMARY KEY (id),
    CONSTRAINT uq_course_center_id_name UNIQUE (center_id, name),
    CONSTRAINT fk_course_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT
);

CREATE INDEX ix_course_center_id ON course (center_id);

CREATE INDEX ix_course_center_id_id ON course (center_id, id);

CREATE TABLE user_ (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT,
    username VARCHAR(150) NOT NULL,
    password_hash VARCHAR(255),
    email VARCHAR(254),
    phone VARCHAR(32),
    first_name VARCHAR(150) NOT NULL,
    last_name VARCHAR(150) NOT NULL,
    passport_number VARCHAR(20),
    birthday DATE,
    image VARCHAR(255),
    CONSTRAINT pk_user_ PRIMARY KEY (id),
    CONSTRAINT uq_user__username UNIQUE (username),
    CONSTRAINT uq_user__email UNIQUE (email),
    CONSTRAINT uq_user__phone UNIQUE (phone),
    CONSTRAINT fk_user__center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT
);

CREATE INDEX ix_user__center_id ON user_ (center_id);

CREATE TABLE branch (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    name VARCHAR(200) NOT NULL,
    address VARCHAR(500) NOT NULL,
    phone VARCHAR(32),
    manager_id BIGINT,
    status VARCHAR(32) NOT NULL,
    CONSTRAINT pk_branch PRIMARY KEY (id),
    CONSTRAINT fk_branch_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_branch_manager_id FOREIGN KEY(manager_id) REFERENCES user_ (id) ON DELETE SET NULL,
    CONSTRAINT ck_branch_status CHECK (status IN ('open', 'closed'))
);

CREATE INDEX ix_branch_center_id ON branch (center_id);

CREATE INDEX ix_branch_center_id_id ON branch (center_id, id);

CREATE INDEX ix_branch_manager_id ON branch (manager_id);

CREATE TABLE membership (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT,
    user_id BIGINT NOT NULL,
    role VARCHAR(32) NOT NULL,
    is_blocked BOOLEAN NOT NULL,
    CONSTRAINT pk_membership PRIMARY KEY (id),
    CONSTRAINT uq_membership_center_id_user_id_role UNIQUE (center_id, user_id, role),
    CONSTRAINT fk_membership_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_membership_user_id FOREIGN KEY(user_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT ck_membership_role CHECK (role IN ('superadmin', 'director', 'manager', 'admin', 'staff', 'teacher', 'student', 'parent', 'driver', 'anonymous'))
);

CREATE INDEX ix_membership_center_id ON membership (center_id);

CREATE INDEX ix_membership_center_id_id ON membership (center_id, id);

CREATE INDEX ix_membership_user_id ON membership (user_id);

CREATE TABLE room (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    branch_id BIGINT NOT NULL,
    name VARCHAR(200) NOT NULL,
    capacity INTEGER NOT NULL,
    equipment VARCHAR(500) NOT NULL,
    is_available BOOLEAN NOT NULL,
    CONSTRAINT pk_room PRIMARY KEY (id),
    CONSTRAINT uq_room_branch_id_name UNIQUE (branch_id, name),
    CONSTRAINT fk_room_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_room_branch_id FOREIGN KEY(branch_id) REFERENCES branch (id) ON DELETE RESTRICT
);

CREATE INDEX ix_room_branch_id ON room (branch_id);

CREATE INDEX ix_room_center_id ON room (center_id);

CREATE INDEX ix_room_center_id_id ON room (center_id, id);

CREATE TABLE teacher (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    branch_id BIGINT NOT NULL,
    status VARCHAR(32) NOT NULL,
    specialization VARCHAR(500) NOT NULL,
    qualification VARCHAR(500) NOT NULL,
    hire_date DATE,
    hourly_rate NUMERIC(14, 2),
    performance_rating NUMERIC(2, 1) NOT NULL,
    CONSTRAINT pk_teacher PRIMARY KEY (id),
    CONSTRAINT uq_teacher_center_id_user_id UNIQUE (center_id, user_id),
    CONSTRAINT fk_teacher_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_teacher_user_id FOREIGN KEY(user_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_teacher_branch_id FOREIGN KEY(branch_id) REFERENCES branch (id) ON DELETE RESTRICT,
    CONSTRAINT ck_teacher_status CHECK (status IN ('active', 'inactive'))
);

CREATE INDEX ix_teacher_branch_id ON teacher (branch_id);

CREATE INDEX ix_teacher_center_id ON teacher (center_id);

CREATE INDEX ix_teacher_center_id_id ON teacher (center_id, id);

CREATE INDEX ix_teacher_user_id ON teacher (user_id);

CREATE TABLE group_ (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    branch_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    teacher_id BIGINT,
    name VARCHAR(200) NOT NULL,
    capacity INTEGER NOT NULL,
    status VARCHAR(32) NOT NULL,
    start_date DATE,
    end_date DATE,
    CONSTRAINT pk_group_ PRIMARY KEY (id),
    CONSTRAINT fk_group__center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_group__branch_id FOREIGN KEY(branch_id) REFERENCES branch (id) ON DELETE RESTRICT,
    CONSTRAINT fk_group__course_id FOREIGN KEY(course_id) REFERENCES course (id) ON DELETE RESTRICT,
    CONSTRAINT fk_group__teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE SET NULL,
    CONSTRAINT ck_group__status CHECK (status IN ('active', 'inactive', 'completed'))
);

CREATE INDEX ix_group__branch_id ON group_ (branch_id);

CREATE INDEX ix_group__center_id ON group_ (center_id);

CREATE INDEX ix_group__center_id_id ON group_ (center_id, id);

CREATE INDEX ix_group__course_id ON group_ (course_id);

CREATE INDEX ix_group__teacher_id ON group_ (teacher_id);

CREATE TABLE teacher_rating (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    teacher_id BIGINT NOT NULL,
    rated_by_id BIGINT,
    rated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    rating NUMERIC(2, 1) NOT NULL,
    previous_rating NUMERIC(2, 1) NOT NULL,
    CONSTRAINT pk_teacher_rating PRIMARY KEY (id),
    CONSTRAINT fk_teacher_rating_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_teacher_rating_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE CASCADE,
    CONSTRAINT fk_teacher_rating_rated_by_id FOREIGN KEY(rated_by_id) REFERENCES user_ (id) ON DELETE SET NULL
);

CREATE INDEX ix_teacher_rating_center_id ON teacher_rating (center_id);

CREATE INDEX ix_teacher_rating_rated_by_id ON teacher_rating (rated_by_id);

CREATE INDEX ix_teacher_rating_teacher_id ON teacher_rating (teacher_id);

CREATE TABLE student (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    branch_id BIGINT NOT NULL,
    group_id BIGINT,
    status VARCHAR(32) NOT NULL,
    enrollment_date DATE NOT NULL,
    parent_name VARCHAR(150) NOT NULL,
    parent_phone VARCHAR(32),
    CONSTRAINT pk_student PRIMARY KEY (id),
    CONSTRAINT uq_student_center_id_user_id UNIQUE (center_id, user_id),
    CONSTRAINT fk_student_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_student_user_id FOREIGN KEY(user_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_student_branch_id FOREIGN KEY(branch_id) REFERENCES branch (id) ON DELETE RESTRICT,
    CONSTRAINT fk_student_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE RESTRICT,
    CONSTRAINT ck_student_status CHECK (status IN ('active', 'inactive', 'blocked', 'graduated'))
);

CREATE INDEX ix_student_branch_id ON student (branch_id);

CREATE INDEX ix_student_center_id ON student (center_id);

CREATE INDEX ix_student_center_id_status ON student (center_id, status, id);

CREATE INDEX ix_student_group_id ON student (group_id);

CREATE INDEX ix_student_user_id ON student (user_id);

CREATE TABLE enrollment (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    enrolled_on DATE NOT NULL,
    left_on DATE,
    CONSTRAINT pk_enrollment PRIMARY KEY (id),
    CONSTRAINT fk_enrollment_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_enrollment_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_enrollment_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE CASCADE
);

CREATE INDEX ix_enrollment_center_id ON enrollment (center_id);

CREATE INDEX ix_enrollment_center_id_id ON enrollment (center_id, id);

CREATE INDEX ix_enrollment_group_id ON enrollment (group_id);

CREATE INDEX ix_enrollment_student_id ON enrollment (student_id);

CREATE UNIQUE INDEX uq_enrollment_open ON enrollment (group_id, student_id) WHERE left_on IS NULL;

CREATE TABLE sign_in (
    id BIGSERIAL NOT NULL,
    center_id BIGINT,
    user_id BIGINT NOT NULL,
    membership_id BIGINT NOT NULL,
    student_id BIGINT,
    teacher_id BIGINT,
    token_id VARCHAR(64) NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sign_in PRIMARY KEY (id),
    CONSTRAINT fk_sign_in_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_sign_in_user_id FOREIGN KEY(user_id) REFERENCES user_ (id) ON DELETE CASCADE,
    CONSTRAINT fk_sign_in_membership_id FOREIGN KEY(membership_id) REFERENCES membership (id) ON DELETE CASCADE,
    CONSTRAINT fk_sign_in_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE CASCADE,
    CONSTRAINT fk_sign_in_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE CASCADE
);

CREATE INDEX ix_sign_in_center_id ON sign_in (center_id);

CREATE INDEX ix_sign_in_membership_id ON sign_in (membership_id);

CREATE INDEX ix_sign_in_student_id ON sign_in (student_id);

CREATE INDEX ix_sign_in_teacher_id ON sign_in (teacher_id);

CREATE INDEX ix_sign_in_user_id ON sign_in (user_id);

ALTER TABLE center ADD CONSTRAINT fk_center_director_id FOREIGN KEY(director_id) REFERENCES membership (id) ON DELETE SET NULL;
