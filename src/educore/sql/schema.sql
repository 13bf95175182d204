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
    price NUMERIC(14, 2) NOT NULL,
    duration_months INTEGER,
    is_active BOOLEAN NOT NULL,
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
    capacity INTEGER,
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

CREATE TABLE assignment (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    teacher_id BIGINT,
    title VARCHAR(200) NOT NULL,
    description VARCHAR(5000) NOT NULL,
    file VARCHAR(255),
    due_date DATE NOT NULL,
    status VARCHAR(32) NOT NULL,
    CONSTRAINT pk_assignment PRIMARY KEY (id),
    CONSTRAINT fk_assignment_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_assignment_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_assignment_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE RESTRICT,
    CONSTRAINT ck_assignment_status CHECK (status IN ('assigned', 'closed'))
);

CREATE INDEX ix_assignment_center_id ON assignment (center_id);

CREATE INDEX ix_assignment_center_id_id ON assignment (center_id, id);

CREATE INDEX ix_assignment_group_id ON assignment (group_id);

CREATE INDEX ix_assignment_teacher_id ON assignment (teacher_id);

CREATE TABLE exam (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    teacher_id BIGINT,
    title VARCHAR(200) NOT NULL,
    description VARCHAR(5000) NOT NULL,
    exam_date DATE NOT NULL,
    start_time TIME WITHOUT TIME ZONE NOT NULL,
    end_time TIME WITHOUT TIME ZONE NOT NULL,
    total_points INTEGER NOT NULL,
    passing_score INTEGER NOT NULL,
    CONSTRAINT pk_exam PRIMARY KEY (id),
    CONSTRAINT fk_exam_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_exam_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_exam_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE RESTRICT
);

CREATE INDEX ix_exam_center_id ON exam (center_id);

CREATE INDEX ix_exam_center_id_id ON exam (center_id, id);

CREATE INDEX ix_exam_group_id ON exam (group_id);

CREATE INDEX ix_exam_teacher_id ON exam (teacher_id);

CREATE TABLE series (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    teacher_id BIGINT,
    room_id BIGINT,
    weekdays VARCHAR(27) NOT NULL,
    first_date DATE NOT NULL,
    last_date DATE NOT NULL,
    start_time TIME WITHOUT TIME ZONE NOT NULL,
    end_time TIME WITHOUT TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_series PRIMARY KEY (id),
    CONSTRAINT fk_series_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_series_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE CASCADE,
    CONSTRAINT fk_series_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE SET NULL,
    CONSTRAINT fk_series_room_id FOREIGN KEY(room_id) REFERENCES room (id) ON DELETE SET NULL
);

CREATE INDEX ix_series_center_id ON series (center_id);

CREATE INDEX ix_series_group_id ON series (group_id);

CREATE INDEX ix_series_room_id ON series (room_id);

CREATE INDEX ix_series_teacher_id ON series (teacher_id);

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

CREATE TABLE calendar_feed (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    membership_id BIGINT NOT NULL,
    student_id BIGINT,
    teacher_id BIGINT,
    token_digest VARCHAR(64) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_calendar_feed PRIMARY KEY (id),
    CONSTRAINT uq_calendar_feed_token_digest UNIQUE (token_digest),
    CONSTRAINT fk_calendar_feed_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_calendar_feed_user_id FOREIGN KEY(user_id) REFERENCES user_ (id) ON DELETE CASCADE,
    CONSTRAINT fk_calendar_feed_membership_id FOREIGN KEY(membership_id) REFERENCES membership (id) ON DELETE CASCADE,
    CONSTRAINT fk_calendar_feed_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE CASCADE,
    CONSTRAINT fk_calendar_feed_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE CASCADE
);

CREATE INDEX ix_calendar_feed_center_id ON calendar_feed (center_id);

CREATE INDEX ix_calendar_feed_membership_id ON calendar_feed (membership_id);

CREATE INDEX ix_calendar_feed_student_id ON calendar_feed (student_id);

CREATE INDEX ix_calendar_feed_teacher_id ON calendar_feed (teacher_id);

CREATE INDEX ix_calendar_feed_user_id ON calendar_feed (user_id);

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

CREATE TABLE exam_result (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    exam_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    score NUMERIC(8, 2),
    grade VARCHAR(32),
    answer_file VARCHAR(255),
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    graded_at TIMESTAMP WITH TIME ZONE,
    graded_by_id BIGINT,
    CONSTRAINT pk_exam_result PRIMARY KEY (id),
    CONSTRAINT uq_exam_result_exam_id_student_id UNIQUE (exam_id, student_id),
    CONSTRAINT fk_exam_result_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_exam_result_exam_id FOREIGN KEY(exam_id) REFERENCES exam (id) ON DELETE RESTRICT,
    CONSTRAINT fk_exam_result_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT,
    CONSTRAINT ck_exam_result_grade CHECK (grade IN ('A', 'B', 'C', 'D', 'F')),
    CONSTRAINT fk_exam_result_graded_by_id FOREIGN KEY(graded_by_id) REFERENCES user_ (id) ON DELETE SET NULL
);

CREATE INDEX ix_exam_result_center_id ON exam_result (center_id);

CREATE INDEX ix_exam_result_center_id_id ON exam_result (center_id, id);

CREATE INDEX ix_exam_result_exam_id ON exam_result (exam_id);

CREATE INDEX ix_exam_result_graded_by_id ON exam_result (graded_by_id);

CREATE INDEX ix_exam_result_student_id ON exam_result (student_id);

CREATE TABLE session (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    teacher_id BIGINT,
    room_id BIGINT,
    series_id BIGINT,
    date DATE NOT NULL,
    start_time TIME WITHOUT TIME ZONE,
    end_time TIME WITHOUT TIME ZONE,
    minutes INTEGER,
    starts_at TIMESTAMP WITH TIME ZONE,
    ends_at TIMESTAMP WITH TIME ZONE,
    topic VARCHAR(500) NOT NULL,
    notes VARCHAR(5000) NOT NULL,
    online_link VARCHAR(500),
    is_cancelled BOOLEAN NOT NULL,
    CONSTRAINT pk_session PRIMARY KEY (id),
    CONSTRAINT fk_session_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_session_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_session_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE RESTRICT,
    CONSTRAINT fk_session_room_id FOREIGN KEY(room_id) REFERENCES room (id) ON DELETE RESTRICT,
    CONSTRAINT fk_session_series_id FOREIGN KEY(series_id) REFERENCES series (id) ON DELETE SET NULL,
    CONSTRAINT ex_session_group_id EXCLUDE USING gist (int8range(group_id, group_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&) WHERE (session.group_id IS NOT NULL AND session.starts_at IS NOT NULL AND session.is_cancelled IS false) DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT ex_session_teacher_id EXCLUDE USING gist (int8range(teacher_id, teacher_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&) WHERE (session.teacher_id IS NOT NULL AND session.starts_at IS NOT NULL AND session.is_cancelled IS false) DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT ex_session_room_id EXCLUDE USING gist (int8range(room_id, room_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&) WHERE (session.room_id IS NOT NULL AND session.starts_at IS NOT NULL AND session.is_cancelled IS false) DEFERRABLE INITIALLY IMMEDIATE
);

CREATE INDEX ix_session_center_id ON session (center_id);

CREATE INDEX ix_session_center_id_id ON session (center_id, id);

CREATE INDEX ix_session_center_id_starts_at ON session (center_id, starts_at);

CREATE INDEX ix_session_group_id ON session (group_id);

CREATE INDEX ix_session_room_id ON session (room_id);

CREATE INDEX ix_session_series_id ON session (series_id);

CREATE INDEX ix_session_teacher_id ON session (teacher_id);

CREATE UNIQUE INDEX uq_session_register ON session (group_id, date) WHERE start_time IS NULL AND is_cancelled IS false;

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

CREATE TABLE submission (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    assignment_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    file VARCHAR(255),
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    grade NUMERIC(5, 2),
    feedback VARCHAR(5000),
    graded_at TIMESTAMP WITH TIME ZONE,
    graded_by_id BIGINT,
    CONSTRAINT pk_submission PRIMARY KEY (id),
    CONSTRAINT uq_submission_assignment_id_student_id UNIQUE (assignment_id, student_id),
    CONSTRAINT fk_submission_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_submission_assignment_id FOREIGN KEY(assignment_id) REFERENCES assignment (id) ON DELETE RESTRICT,
    CONSTRAINT fk_submission_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT,
    CONSTRAINT fk_submission_graded_by_id FOREIGN KEY(graded_by_id) REFERENCES user_ (id) ON DELETE SET NULL
);

CREATE INDEX ix_submission_assignment_id ON submission (assignment_id);

CREATE INDEX ix_submission_center_id ON submission (center_id);

CREATE INDEX ix_submission_center_id_id ON submission (center_id, id);

CREATE INDEX ix_submission_graded_by_id ON submission (graded_by_id);

CREATE INDEX ix_submission_student_id ON submission (student_id);

CREATE TABLE attendance (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    session_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    status VARCHAR(32) NOT NULL,
    notes VARCHAR(500) NOT NULL,
    teacher_id BIGINT,
    marker_id BIGINT,
    marked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_attendance PRIMARY KEY (id),
    CONSTRAINT uq_attendance_session_id_student_id UNIQUE (session_id, student_id),
    CONSTRAINT fk_attendance_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_attendance_session_id FOREIGN KEY(session_id) REFERENCES session (id) ON DELETE RESTRICT,
    CONSTRAINT fk_attendance_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT,
    CONSTRAINT ck_attendance_status CHECK (status IN ('present', 'absent', 'late', 'excused')),
    CONSTRAINT fk_attendance_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE SET NULL,
    CONSTRAINT fk_attendance_marker_id FOREIGN KEY(marker_id) REFERENCES user_ (id) ON DELETE SET NULL
);

CREATE INDEX ix_attendance_center_id ON attendance (center_id);

CREATE INDEX ix_attendance_center_id_id ON attendance (center_id, id);

CREATE INDEX ix_attendance_center_id_session_id ON attendance (center_id, session_id);

CREATE INDEX ix_attendance_marker_id ON attendance (marker_id);

CREATE INDEX ix_attendance_session_id ON attendance (session_id);

CREATE INDEX ix_attendance_student_id ON attendance (student_id);

CREATE INDEX ix_attendance_teacher_id ON attendance (teacher_id);

CREATE TABLE attendance_correction (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    session_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    corrected_by_id BIGINT,
    corrected_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status_before VARCHAR(32) NOT NULL,
    notes_before VARCHAR(500) NOT NULL,
    status_after VARCHAR(32),
    notes_after VARCHAR(500) NOT NULL,
    CONSTRAINT pk_attendance_correction PRIMARY KEY (id),
    CONSTRAINT fk_attendance_correction_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_attendance_correction_session_id FOREIGN KEY(session_id) REFERENCES session (id) ON DELETE CASCADE,
    CONSTRAINT fk_attendance_correction_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE CASCADE,
    CONSTRAINT fk_attendance_correction_corrected_by_id FOREIGN KEY(corrected_by_id) REFERENCES user_ (id) ON DELETE SET NULL,
    CONSTRAINT ck_attendance_correction_status_before CHECK (status_before IN ('present', 'absent', 'late', 'excused')),
    CONSTRAINT ck_attendance_correction_status_after CHECK (status_after IN ('present', 'absent', 'late', 'excused'))
);

CREATE INDEX ix_attendance_correction_center_id ON attendance_correction (center_id);

CREATE INDEX ix_attendance_correction_corrected_by_id ON attendance_correction (corrected_by_id);

CREATE INDEX ix_attendance_correction_session_id ON attendance_correction (session_id);

CREATE INDEX ix_attendance_correction_student_id ON attendance_correction (student_id);

ALTER TABLE center ADD CONSTRAINT fk_center_director_id FOREIGN KEY(director_id) REFERENCES membership (id) ON DELETE SET NULL;
